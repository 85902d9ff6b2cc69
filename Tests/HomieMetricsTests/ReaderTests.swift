import Foundation
import HomieMetrics
import HomieModel
import HomieSupervisor
import Testing

@Suite struct ReaderTests {
    /// The lines of a scrape without comments.
    static func scrape(_ paths: KernelPaths, stacks: [StackStatus] = [], as format: ExpositionFormat = .prometheus)
        async
        -> String
    {
        let exporter = MetricsExporter(
            paths: paths,
            stacks: { stacks },
            registry: MetricRegistry(),
            version: "1.2.3",
            wall: { Timestamp(nanoseconds: 1_700_000_000_500_000_000) }
        )
        return String(decoding: await exporter.exposition(as: format), as: UTF8.self)
    }

    static func stacks(_ id: String = KernelFixture.id) throws -> [StackStatus] {
        let stack = try StackName(parsing: "shop")
        let service = try ServiceName(parsing: "web")
        let observed = ObservedContainer(
            id: id,
            name: "shop-web-1",
            imageID: "sha256:1",
            state: .running,
            createdAt: Timestamp(nanoseconds: 1),
            startedAt: Timestamp(nanoseconds: 1_699_999_000_000_000_000),
            addresses: ["shop_default": "172.20.0.2"]
        )
        let status = ServiceStatus(
            stack: stack,
            service: service,
            phase: .healthy,
            image: "nginx:1",
            replicas: 1,
            running: 1,
            containers: [ContainerStatus(observed, stack: stack, service: service)]
        )
        return [
            StackStatus(
                name: stack,
                revision: 2,
                lastGoodRevision: 2,
                isLeaving: false,
                isConverged: true,
                services: [status],
                deployment: nil
            )
        ]
    }

    @Test func `the host is read as node_exporter names it`() async throws {
        let fixture = try KernelFixture()
        try fixture.writeHost()
        let text = await Self.scrape(fixture.paths)
        for line in [
            "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 8", "node_context_switches_total 678",
            "node_boot_time_seconds 1700000000", "node_memory_MemTotal_bytes 2097152",
            "node_memory_Active_anon_bytes 524288", "node_memory_HugePages_Total 3", "node_load15 0.3",
            "node_disk_read_bytes_total{device=\"mmcblk0\"} 8192", "node_disk_io_now{device=\"sda\"} 1",
            "node_network_receive_bytes_total{device=\"eth0\"} 1000",
            "node_network_transmit_drop_total{device=\"eth0\"} 4", "node_vmstat_oom_kill 1",
            "node_pressure_memory_waiting_seconds_total 2.5", "node_pressure_memory_stalled_seconds_total 0.5",
            "node_filefd_allocated 1024", "node_thermal_zone_temp{zone=\"0\",type=\"cpu-thermal\"} 48.312",
            "node_cpu_scaling_frequency_hertz{cpu=\"0\"} 1500000000",
            "node_scrape_collector_success{collector=\"meminfo\"} 1", "node_time_seconds 1700000000.5",
            "homie_up 1", "homie_build_info{version=\"1.2.3\"} 1",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(text.contains("node_filesystem_size_bytes{device=\"/dev/sda1\",fstype=\"ext4\",mountpoint=\"/\"}"))
        for absent in ["sda1\",device", "device=\"sda1\"", "mmcblk0p1", "loop0", "/mnt/nas"] {
            #expect(!text.contains(absent), "\(absent)")
        }
    }

    @Test func `a host that offers nothing is still answered for`() async throws {
        let fixture = try KernelFixture()
        let text = await Self.scrape(fixture.paths)
        #expect(text.contains("node_scrape_collector_success{collector=\"meminfo\"} 0"))
        #expect(text.contains("homie_up 1"))
    }

    @Test(
        arguments: [
            "system.slice/docker-\(KernelFixture.id).scope", "docker/\(KernelFixture.id)",
            "apps.slice/deep/\(KernelFixture.id)",
        ],
        [1, 2]
    )
    func `a container is read as cAdvisor names it, wherever the engine put its group`(
        folder: String,
        version: Int
    ) async throws {
        let fixture = try KernelFixture()
        if version == 1 { try fixture.writeV1(folder: folder) } else { try fixture.writeV2(folder: folder) }
        let text = await Self.scrape(fixture.paths, stacks: try Self.stacks())
        let labels =
            "id=\"/docker/\(KernelFixture.id)\",image=\"nginx:1\",name=\"shop-web-1\","
            + "container_label_com_docker_compose_project=\"shop\",container_label_com_docker_compose_service=\"web\""
        for (name, extra, value) in [
            ("cpu_usage_seconds_total", ",cpu=\"total\"", "2.5"), ("cpu_user_seconds_total", "", "2"),
            ("cpu_cfs_throttled_seconds_total", "", "0.3"), ("memory_usage_bytes", "", "1000000"),
            ("memory_working_set_bytes", "", "750000"), ("memory_rss", "", "600000"),
            ("memory_max_usage_bytes", "", "1200000"), ("memory_failcnt", "", "7"), ("oom_events_total", "", "1"),
            ("spec_memory_limit_bytes", "", "0"), ("processes", "", "5"),
            ("threads_max", "", version == 1 ? "100" : "+Inf"),
            ("fs_writes_bytes_total", ",device=\"8:0\"", "8192"), ("fs_reads_total", ",device=\"8:0\"", "1"),
            ("network_receive_bytes_total", ",interface=\"eth0\"", "1000"),
            ("network_transmit_packets_dropped_total", ",interface=\"eth0\"", "4"),
            ("start_time_seconds", "", "1699999000"), ("last_seen", "", "1700000000.5"),
            ("memory_failures_total", ",failure_type=\"pgfault\",scope=\"hierarchy\"", "99"),
        ] {
            #expect(text.contains("\ncontainer_\(name){\(labels)\(extra)} \(value)\n"), "\(name)")
        }
        #expect(text.contains("container_spec_cpu_quota") == (version == 2))
        #expect(text.contains("container_pressure_io_waiting_seconds_total") == (version == 2))
        #expect(text.contains("\nhomie_service_phase{stack=\"shop\",service=\"web\",phase=\"healthy\"} 1\n"))
    }

    @Test func `a container whose group is gone, or whose ID is a path, is left out`() async throws {
        let fixture = try KernelFixture()
        try fixture.writeV2(folder: "docker/\(KernelFixture.id)")
        for id in [String(repeating: "f", count: 64), "../docker/\(KernelFixture.id)", ""] {
            let text = await Self.scrape(fixture.paths, stacks: try Self.stacks(id))
            #expect(!text.contains("container_"))
        }
    }

    @Test func `the figures are those of now, also of files that are kept open`() async throws {
        let fixture = try KernelFixture()
        try fixture.writeV2(folder: "docker/\(KernelFixture.id)")
        let stacks = try Self.stacks()
        let exporter = MetricsExporter(
            paths: fixture.paths,
            stacks: { stacks },
            registry: MetricRegistry(),
            version: "1",
            wall: { Timestamp(nanoseconds: 0) }
        )
        _ = await exporter.families()
        let file = "\(fixture.paths.cgroup)/docker/\(KernelFixture.id)/memory.current"
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.write(contentsOf: Data("2000000\n".utf8))
        try handle.close()
        let family = await exporter.families().first { $0.name == "container_memory_usage_bytes" }
        #expect(family?.samples.first?.value == 2_000_000)
    }
}
