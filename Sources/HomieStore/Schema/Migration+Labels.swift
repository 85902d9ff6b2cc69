extension Migration {
    /// Earlier releases kept the definitions of containers, with the passwords in them, beside the sealed revisions.
    static func labels(number: Int) -> Migration {
        Migration(
            number: number,
            readableFrom: 1,
            statements: [
                """
                UPDATE containers SET observation = json_remove(observation, '$.labels."io.homie.definition"')
                WHERE instr(observation, '"io.homie.definition"') > 0
                """
            ]
        )
    }
}
