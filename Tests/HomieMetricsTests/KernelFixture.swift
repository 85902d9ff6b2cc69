import Foundation
import HomieMetrics

/// A made-up `/proc`, `/sys` and control groups of both versions.
struct KernelFixture: ~Copyable {
    let root: URL
    static let id = String(repeating: "0123456789abcdef", count: 4)
    var paths: KernelPaths {
        KernelPaths(proc: root.path + "/proc", sys: root.path + "/sys", cgroup: root.path + "/sys/fs/cgroup")
    }

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "homie-kernel-\(UUID().uuidString)")
        try write(["sys/fs/cgroup/.keep": ""])
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func write(_ files: [String: String]) throws {
        for (name, text) in files {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
    }

    func writeHost() throws {
        try write([
            "proc/stat": """
            cpu  100 0 50 800 10 1 2 3 4 5
            cpu0 100 0 50 800 10 1 2 3 4 5
            intr 12345 0 0
            ctxt 678
            btime 1700000000
            processes 42
            procs_running 2
            procs_blocked 1
            """,
            "proc/meminfo": "MemTotal:        2048 kB\nActive(anon):     512 kB\nHugePages_Total:       3\n",
            "proc/loadavg": "0.10 0.20 0.30 1/100 4242\n",
            "proc/diskstats": """
               8       0 sda 10 1 200 30 40 2 600 70 1 90 100
               8       1 sda1 10 1 200 30 40 2 600 70 1 90 100
             179       0 mmcblk0 5 0 16 1 2 0 8 1 0 2 3 0 0 0 0
             179       1 mmcblk0p1 5 0 16 1 2 0 8 1 0 2 3 0 0 0 0
               7       0 loop0 5 0 16 1 2 0 8 1 0 2 3

            """,
            "proc/self/net/dev": Self.network,
            "proc/vmstat": "pgpgin 10\npgfault 20\npgmajfault 3\noom_kill 1\n",
            "proc/pressure/memory":
                "some avg10=1.50 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n",
            "proc/sys/fs/file-nr": "1024\t0\t9000\n",
            "proc/self/mountinfo": """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            23 22 0:5 / /proc rw - proc proc rw
            24 22 0:50 / /mnt/nas rw - nfs4 nas:/share rw
            """,
            "sys/class/thermal/thermal_zone0/temp": "48312\n", "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1500000\n",
        ])
    }

    static let network = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
          eth0: 1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0

        """

    func writeV2(folder: String) throws {
        let group = "sys/fs/cgroup/\(folder)"
        try write([
            "sys/fs/cgroup/cgroup.controllers": "cpu io memory pids\n",
            "\(group)/cgroup.procs": "77\n78\n",
            "\(group)/cpu.stat":
                "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 300000\n",
            "\(group)/cpu.max": "150000 100000\n",
            "\(group)/memory.current": "1000000\n",
            "\(group)/memory.stat":
                "anon 600000\nfile 300000\nfile_mapped 1000\ninactive_file 250000\npgfault 99\npgmajfault 9\n",
            "\(group)/memory.max": "max\n", "\(group)/memory.peak": "1200000\n",
            "\(group)/memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n",
            "\(group)/pids.current": "5\n", "\(group)/pids.max": "max\n",
            "\(group)/io.stat": "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n",
            "\(group)/io.pressure":
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n",
            "proc/77/net/dev": Self.network,
        ])
    }

    func writeV1(folder: String) throws {
        let root = "sys/fs/cgroup"
        try write([
            "\(root)/pids/\(folder)/cgroup.procs": "77\n",
            "\(root)/cpuacct/\(folder)/cpuacct.usage": "2500000000\n",
            "\(root)/cpuacct/\(folder)/cpuacct.stat": "user 200\nsystem 50\n",
            "\(root)/cpu/\(folder)/cpu.stat": "nr_periods 10\nnr_throttled 4\nthrottled_time 300000000\n",
            "\(root)/cpu/\(folder)/cpu.cfs_quota_us": "-1\n",
            "\(root)/memory/\(folder)/memory.usage_in_bytes": "1000000\n",
            "\(root)/memory/\(folder)/memory.stat":
                "cache 1\ntotal_cache 300000\ntotal_rss 600000\ntotal_mapped_file 1000\ntotal_inactive_file 250000\ntotal_pgfault 99\n",
            "\(root)/memory/\(folder)/memory.limit_in_bytes": "9223372036854771712\n",
            "\(root)/memory/\(folder)/memory.max_usage_in_bytes": "1200000\n",
            "\(root)/memory/\(folder)/memory.failcnt": "7\n",
            "\(root)/memory/\(folder)/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
            "\(root)/blkio/\(folder)/blkio.throttle.io_service_bytes":
                "8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\nTotal 12288\n",
            "\(root)/blkio/\(folder)/blkio.throttle.io_serviced": "8:0 Read 1\n8:0 Write 2\n",
            "\(root)/pids/\(folder)/pids.current": "5\n", "\(root)/pids/\(folder)/pids.max": "100\n",
            "proc/77/net/dev": Self.network,
        ])
    }
}
