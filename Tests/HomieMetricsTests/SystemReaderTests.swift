import Foundation
import HomieMetrics
import HomieModel
import HomieSupervisor
import Testing

@Suite struct SystemReaderTests {
    @Test func `pressure, memory, heat, wear, names and a pending system are read`() async throws {
        let fixture = try KernelFixture()
        try fixture.writeHost()
        try fixture.write([
            "proc/meminfo": "MemTotal:  2048 kB\nMemAvailable:  1024 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
            "proc/pressure/memory":
                "some avg10=31.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=12.25 avg60=0.00 avg300=0.00 total=1\n",
            "proc/net/route":
                "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
                + "eth0 00000000 0100A8C0 0003 0 0 100 00000000 0 0 0\n",
            "proc/sys/kernel/random/boot_id": "now\n",
            "sys/class/thermal/thermal_zone0/temp": "81500\n",
            "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
            "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
            "sys/block/mmcblk0/device/life_time": "0x03 0x0b\n",
            "sys/block/mmcblk0/device/pre_eol_info": "0x02\n",
            "state/update/state.json": #"{"pending":{"isWritten":true,"version":"2.0.0","bootID":"before"}}"#,
            "resolv.conf": "# none\nnameserver not-an-address\n",
        ])
        let reader = SystemReader(
            paths: fixture.paths,
            stateDirectory: fixture.root.path + "/state",
            resolverFile: fixture.root.path + "/resolv.conf"
        )
        let reading = await reader.reading(engineData: nil)
        #expect(reading.memoryAvailable == ByteCount(bytes: 1 << 20))
        #expect(reading.memoryPressure == 31.5)
        #expect(reading.memoryStall == 12.25)
        #expect(reading.hasDefaultRoute == true)
        #expect(reading.temperatures == ["cpu-thermal": 81.5])
        #expect(reading.throttling == ["under-voltage", "throttled"])
        #expect(reading.flash == [FlashReading(device: "mmcblk0", lifeUsed: 11, endOfLife: 2)])
        #expect(reading.pendingSystem == "2.0.0")
        #expect(reading.isPendingSystemBooted == true)
        #expect(reading.nameServers == ["not-an-address"])
        #expect(reading.doesDNSAnswer == false)
        #expect(reading.disks.contains { $0.uses.contains("state") })
    }

    @Test func `this very machine can be read`() async throws {
        let reading = await SystemReader(stateDirectory: "/tmp", resolverFile: "/nonexistent").reading(
            engineData: "/tmp"
        )
        #expect(reading.memoryTotal.map { $0.bytes > 0 } == true)
        #expect(reading.ownMemory.map { $0.bytes > 0 } == true)
        #expect(!reading.disks.isEmpty)
        #expect(reading.isClockSynchronised != nil)
    }
}
