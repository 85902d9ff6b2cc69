#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file that is read as if it lay in memory.
final class MappedFile {
    let bytes: UnsafeRawBufferPointer

    /// - Throws: ``BundleError/file(path:reason:)``.
    init(_ path: String) throws(BundleError) {
        let size = try FileFacts.size(of: path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, reason: "it cannot be opened") }
        defer { close(descriptor) }
        guard size > 0 else { throw .file(path: path, reason: "it is empty") }
        let address = mmap(nil, Int(size), PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw .file(path: path, reason: "it cannot be read") }
        bytes = UnsafeRawBufferPointer(start: address, count: Int(size))
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}

/// Images as one space of blocks that are counted through.
struct BlockSpace {
    private static let block = DeltaPlan.block

    private let images: [MappedFile]
    /// The number of the first block of each image.
    private let starts: [Int]
    let count: Int

    /// - Throws: ``BundleError/file(path:reason:)``.
    init(_ paths: [String]) throws(BundleError) {
        var images: [MappedFile] = []
        var starts: [Int] = []
        var count = 0
        for path in paths {
            let image = try MappedFile(path)
            guard image.bytes.count.isMultiple(of: Self.block) else {
                throw .file(path: path, reason: "its size is not one of whole blocks")
            }
            images.append(image)
            starts.append(count)
            count += image.bytes.count / Self.block
        }
        self.images = images
        self.starts = starts
        self.count = count
    }

    subscript(_ number: Int) -> UnsafeRawBufferPointer {
        let image = starts.lastIndex { $0 <= number } ?? 0
        let start = (number - starts[image]) * Self.block
        return UnsafeRawBufferPointer(rebasing: images[image].bytes[start..<start + Self.block])
    }
}
