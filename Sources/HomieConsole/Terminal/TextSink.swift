public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where text goes.
public protocol TextSink: Sendable {
    /// Writes all of `text` at once.
    ///
    /// - Throws: ``ConsoleError``
    func write(_ text: String) throws(ConsoleError)
}

/// What goes wrong between a program and its terminal.
public enum ConsoleError: UserFacingError, Equatable {
    /// The reader at the other end of the pipe has gone, as `head` does.
    case readerGone
    case writeFailed(code: Int32)
    case readFailed(code: Int32)

    public var summary: String {
        switch self {
        case .readerGone: "nobody reads the output any more"
        case .writeFailed(let code): "the output could not be written: \(Self.words(code))"
        case .readFailed(let code): "the input could not be read: \(Self.words(code))"
        }
    }

    public var kind: ErrorKind { .failed }

    private static func words(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}

/// An open file descriptor, e.g. 1 for standard output.
public struct DescriptorSink: TextSink {
    private let descriptor: Int32

    public init(_ descriptor: Int32) { self.descriptor = descriptor }

    public func write(_ text: String) throws(ConsoleError) {
        var text = text
        let code = text.withUTF8 { bytes -> Int32 in
            var offset = 0
            while offset < bytes.count {
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                #elseif canImport(Musl)
                    let count = Musl.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                #else
                    let count = Darwin.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                #endif
                if count >= 0 {
                    offset += count
                } else if errno == EAGAIN {
                    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&wait, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        switch code {
        case 0: return
        case EPIPE: throw .readerGone
        default: throw .writeFailed(code: code)
        }
    }
}
