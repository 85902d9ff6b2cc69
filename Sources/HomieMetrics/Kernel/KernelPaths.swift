/// Where the kernel's file systems are mounted.
public struct KernelPaths: Sendable, Hashable {
    public var proc: String
    public var sys: String
    public var cgroup: String

    public init(proc: String = "/proc", sys: String = "/sys", cgroup: String = "/sys/fs/cgroup") {
        self.proc = proc
        self.sys = sys
        self.cgroup = cgroup
    }
}
