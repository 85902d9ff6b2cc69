# shellcheck shell=bash
# A second look at the few tests that failed. Needs say.sh.
#
# Integration tests share a machine with real engines, proxies and networks; now and then one fails for a reason of the machine. A test
# that fails twice is broken. One that passes the second time is unstable: it is named at the end of the run, loudly, and wants mending,
# but it does not hide what the hundreds of others have shown.

SECOND_LOOK_TESTS=3
UNSTABLE=()

# failed_tests FILE: how many tests failed in the output of a run.
failed_tests() { awk '/^✘ Test .* failed after/ && !/^✘ Test run with/ { count++ } END { print count + 0 }' "$1"; }

# failed_suites FILE: the suites that they are in, one a line.
failed_suites() { sed -n 's/^✘ Suite \([A-Za-z0-9_]*\) failed after.*/\1/p' "$1" | sort -u; }

# deserves_second_look FILE STATUS: tests failed, but few, and the run itself came to its end.
deserves_second_look() {
    local count
    count=$(failed_tests "$1")
    [ "$2" = 1 ] && [ "$count" -ge 1 ] && [ "$count" -le "$SECOND_LOOK_TESTS" ] && grep -q '^✘ Test run with' "$1" &&
        [ -n "$(failed_suites "$1")" ]
}

# passed_suites FILE SUITE...: each of them ran, and passed.
passed_suites() {
    local file=$1 suite
    shift
    for suite; do grep -q "^✔ Suite $suite passed after" "$file" || return 1; done
}

# note_unstable FILE: remembers the tests that failed in it.
note_unstable() {
    local line
    while read -r line; do UNSTABLE+=("$line"); done < <(sed -n 's/^✘ Test \(.*\) failed after.*/\1/p' "$1" | grep -v '^run with')
}

unstable_table() {
    [ ${#UNSTABLE[@]} -eq 0 ] || printf '%s\n' '' 'UNSTABLE: failed, and passed when run once more. Find out why:' "${UNSTABLE[@]/#/  }" >&2
}
