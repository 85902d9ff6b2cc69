import CoreMetrics
import HomieModel
import HomiePlanning
import HomieSupervisor
import Testing

@testable import HomieMetrics

@Suite struct SamplerTests {
    private func values(_ readings: [MeasurementBook.Reading]) -> [String: Double] {
        Dictionary(readings.map { ($0.series, $0.value) }) { first, _ in first }
    }

    private func exporter(_ paths: KernelPaths) throws -> MetricsExporter {
        let stacks = try ReaderTests.stacks()
        return MetricsExporter(
            paths: paths,
            stacks: { stacks },
            figures: { [.init(#"orders_total{stack="shop",service="web"}"#, .counter, 3)] },
            registry: MetricRegistry(),
            version: "1.2.3",
            wall: { Timestamp(nanoseconds: 0) }
        )
    }

    @Test(arguments: [1, 2]) func `eight series of a service come from either version of control groups`(
        version: Int
    ) async throws {
        let fixture = try KernelFixture()
        try fixture.writeHost()
        let folder = "docker/\(KernelFixture.id)"
        if version == 1 { try fixture.writeV1(folder: folder) } else { try fixture.writeV2(folder: folder) }
        let reader = ContainerReader(paths: fixture.paths)
        let container = MeteredContainer(id: KernelFixture.id, name: "shop-web-1", image: "nginx")
        let sample = try #require(reader.samples(of: [container])[KernelFixture.id])
        #expect(sample[.processors] == 2.5)
        #expect(sample[.throttled] == 0.3)
        #expect(sample.memory == 750_000)
        #expect(sample[.read] == 4096)
        #expect(sample[.written] == 8192)
        #expect(sample[.received] == 1000)
        #expect(sample[.sent] == 2000)
        let exporter = try exporter(fixture.paths)
        let readings = await exporter.readings().filter { $0.series.contains("{stack=\"shop\",service=\"web\"}") }
        #expect(readings.count >= 6)
        // What the service shows of itself is kept beside it.
        #expect(values(readings)[#"orders_total{stack="shop",service="web"}"#] == 3)
        #expect(values(readings)[#"homie_service_replicas_running{stack="shop",service="web"}"#] == 1)
    }

    @Test func `the host is some forty series at most, and shares are shares`() async throws {
        let fixture = try KernelFixture()
        try fixture.writeHost()
        let readings = values(try await exporter(fixture.paths).readings())
        #expect(readings.count <= 46)
        #expect(readings["node_load1"] == 0.1)
        #expect(readings[#"node_disk_written_bytes{device="mmcblk0"}"#] == 4096)
        #expect(readings[#"node_cpu_seconds{mode="user"}"#] == 1)
        #expect(readings[#"node_thermal_zone_temp{zone="0"}"#] == 48.312)
        let real = values(try await exporter(KernelPaths()).readings())
        #expect((0...1).contains(try #require(real["homie_host_memory_used_ratio"])))
        #expect(real.keys.contains { $0.hasPrefix("homie_host_filesystem_used_ratio{") })
    }

    @Test func `a service's counters go on when a replica goes, and what began long ago is not an increase`() throws {
        let status = try ReaderTests.stacks()
        var two = status
        var container = two[0].services[0].containers[0]
        container.id = "second"
        two[0].services[0].containers.append(container)
        func sample(_ cpu: Double) -> ContainerSample {
            var sample = ContainerSample()
            sample[.processors] = cpu
            return sample
        }
        var sampler = ServiceSampler()
        func cpu(_ stacks: [StackStatus], _ samples: [String: ContainerSample]) -> Double? {
            values(sampler.readings(of: stacks, samples: samples))[
                #"container_cpu_usage_seconds{stack="shop",service="web"}"#
            ]
        }
        let first = KernelFixture.id
        #expect(cpu(status, [first: sample(1000)]) == 0)
        #expect(cpu(two, [first: sample(1002), "second": sample(1)]) == 3)
        #expect(cpu(status, ["second": sample(1.5)]) == 3)
        #expect(cpu(status, [first: sample(4)]) == 7)
        #expect(cpu(status, [first: sample(1)]) == 8)
    }

    @Test func `instruments of swift-metrics are kept by the registry`() {
        let registry = MetricRegistry()
        let backend = MetricsBackend(registry: registry)
        CoreMetrics.Counter(label: "job.runs_total", dimensions: [("job", "backup")], factory: backend).increment(by: 3)
        CoreMetrics.Meter(label: "queue-length", factory: backend).set(7)
        CoreMetrics.Gauge(label: "open", factory: backend).record(2)
        CoreMetrics.Timer(label: "job.duration", factory: backend).recordMilliseconds(1500)
        let text = String(decoding: ExpositionWriter.text(registry.families(), as: .prometheus), as: UTF8.self)
        for line in [
            #"job_runs_total{job="backup"} 3"#, "queue_length 7", "open 2", "job_duration_seconds_sum 1.5",
            #"job_duration_seconds_bucket{le="2.5"} 1"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }
}
