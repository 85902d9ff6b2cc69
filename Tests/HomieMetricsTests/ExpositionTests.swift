import HomieMetrics
import HomieSupervisor
import Testing

@Suite struct ExpositionTests {
    private func text(_ families: [MetricFamily], _ format: ExpositionFormat) -> String {
        String(decoding: ExpositionWriter.text(families, as: format), as: UTF8.self)
    }

    @Test func `each kind is written as its format wants it`() {
        var counter = MetricFamily("jobs", .counter, "Jobs done.")
        counter.add(3, [.init("stack", "shop")])
        var gauge = MetricFamily("load", .gauge, "Load.")
        gauge.add(0.25)
        var info = MetricFamily("build", .info, "Release.")
        info.add(1, [.init("version", "1")])
        var other = MetricFamily("odd", .unknown, "Odd.")
        other.add(.infinity)
        let families = [counter, gauge, info, other, MetricFamily("empty", .gauge, "Nothing.")]
        #expect(
            text(families, .prometheus) == """
                # HELP jobs_total Jobs done.
                # TYPE jobs_total counter
                jobs_total{stack="shop"} 3
                # HELP load Load.
                # TYPE load gauge
                load 0.25
                # HELP build_info Release.
                # TYPE build_info gauge
                build_info{version="1"} 1
                # HELP odd Odd.
                # TYPE odd untyped
                odd +Inf

                """
        )
        #expect(
            text(families, .openMetrics) == """
                # HELP jobs Jobs done.
                # TYPE jobs counter
                jobs_total{stack="shop"} 3
                # HELP load Load.
                # TYPE load gauge
                load 0.25
                # HELP build Release.
                # TYPE build info
                build_info{version="1"} 1
                # HELP odd Odd.
                # TYPE odd unknown
                odd +Inf
                # EOF

                """
        )
    }

    @Test func `labels that many series share are written as those that each has of its own`() {
        let shared: [MetricFamily.Label] = [.init("id", "/a"), .init("image", "b\"c"), .init("name", "d")]
        let own = shared.map { MetricFamily.Label($0.name, $0.value) }
        func families(_ labels: (Int) -> [MetricFamily.Label]) -> [MetricFamily] {
            (0..<4).map { number in
                var family = MetricFamily("m\(number)", .gauge, "A number.")
                family.add(1, labels(number))
                // The same series once more is left out, however it came about.
                family.add(2, own.map { $0 })
                family.add(3, labels(number) + [.init("more", "e")])
                return family
            }
        }
        let text = text(families { _ in shared }, .prometheus)
        #expect(text == self.text(families { _ in own.map { $0 } }, .prometheus))
        #expect(text.contains("m3{id=\"/a\",image=\"b\\\"c\",name=\"d\"} 1\n"))
        #expect(text.contains("m3{id=\"/a\",image=\"b\\\"c\",name=\"d\",more=\"e\"} 3\n"))
        #expect(!text.contains("} 2\n"))
    }

    @Test func `quotes, backslashes and line ends are escaped; label names lose what they may not have`() {
        var family = MetricFamily("a", .gauge, "One \"two\"\nthree\\")
        family.add(1, [.init("com.docker-x", "say \"hi\"\n\\o/"), .init("9", "é")])
        #expect(text([family], .prometheus).contains("# HELP a One \"two\"\\nthree\\\\\n"))
        #expect(text([family], .openMetrics).contains("# HELP a One \\\"two\\\"\\nthree\\\\\n"))
        #expect(text([family], .prometheus).contains(#"a{com_docker_x="say \"hi\"\n\\o/",_9="é"} 1"#))
    }

    @Test func `a family comes once, a series comes once, and a name that is none not at all`() {
        var first = MetricFamily("a", .gauge, "A.")
        first.add(1, [.init("x", "1")])
        first.add(2, [.init("x", "1")])
        var second = MetricFamily("a", .gauge, "A.")
        second.add(3, [.init("x", "2")])
        var bad = MetricFamily("a-b", .gauge, "B.")
        bad.add(1)
        let lines = text([first, bad, second], .prometheus).split(separator: "\n")
        #expect(lines == ["# HELP a A.", "# TYPE a gauge", "a{x=\"1\"} 1", "a{x=\"2\"} 3"])
    }

    @Test(arguments: [
        (nil, ExpositionFormat.prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/html", .prometheus),
        ("application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
        ("application/openmetrics-text;version=2.0.0", .prometheus),
        ("application/openmetrics-text;q=0", .prometheus),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
            .openMetrics
        ),
        ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text; q=0.2", .prometheus),
        ("application/vnd.google.protobuf;q=0.7,text/plain;version=1.0.0;q=0.6,*/*;q=0.1", .prometheus),
    ])
    func `the format follows the Accept header`(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }

    @Test func `the smallest whole number is written`() {
        var family = MetricFamily("a", .gauge, "A.")
        family.add(-0x1p63)
        #expect(text([family], .prometheus).hasSuffix("\na -9.223372036854776e+18\n"))
    }
}
