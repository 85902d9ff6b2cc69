/// The kernel's tables of TCP sockets in the network of a process (proc(5), `/proc/<pid>/net/tcp`).
enum ListeningSockets {
    /// True when what listens on the port does so on all addresses, so that the container's own address and its loopback
    /// reach the same. False when that cannot be told.
    static func isOnAllAddresses(_ port: UInt16, ofNetworkOf process: Int) -> Bool {
        let tables = ["tcp", "tcp6"].compactMap { KernelTable.text(of: process, $0) }
        let addresses = tables.flatMap { self.addresses(of: port, in: $0) }
        // One that listens on an address of its own would be asked in the other's place there.
        return !addresses.isEmpty && addresses.allSatisfy { $0.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }
    }

    /// The addresses at which sockets listen on the port, in hexadecimal. That of `::`, all zeros like 0.0.0.0, takes IPv4
    /// too unless the program asked for something else; an IPv4 connection that succeeds says that it did not.
    static func addresses(of port: UInt16, in table: String) -> [Substring] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
            guard words.count > 3, words[3] == "0A" else { return nil }
            let local = words[1].split(separator: ":")
            return local.count == 2 && UInt16(local[1], radix: 16) == port ? local[0] : nil
        }
    }
}
