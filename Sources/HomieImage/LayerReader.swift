internal import FoundationEssentials
internal import HomieModel
public import HomiePlanning

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Reads what lies in the rooms of the repository and becomes part of a system.
public enum LayerReader {
    /// All files below a directory, with their place relative to it.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public static func tree(_ directory: String) throws -> [LayerFile] {
        let names: [String]
        do {
            names = try FileManager.default.subpathsOfDirectory(atPath: directory).sorted()
        } catch {
            throw ImageError.file(path: directory, reason: "it is not a directory that can be read")
        }
        return try names.compactMap { name in try file(directory + "/" + name, place: name) }
    }

    /// The units, accounts and rules of a room such as `systemd/`.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public static func units(_ directory: String) throws -> [LayerFile] {
        try FileSystem.names(in: directory).compactMap { name in
            guard let place = LayerFile.place(ofUnitFile: name) else { return nil }
            return try file(directory + "/" + name, place: place)
        }
    }

    /// One file.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public static func input(_ path: String) throws -> ImageInput {
        ImageInput(path: path, digest: try FileSystem.digest(of: path))
    }

    /// The text of a file.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public static func text(_ path: String) throws(ImageError) -> String { try FileSystem.read(path) }

    static func file(_ path: String, place: String) throws -> LayerFile? {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw ImageError.file(path: path, reason: "it cannot be read") }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return nil
        case S_IFLNK:
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
                throw ImageError.file(path: path, reason: "the link cannot be read")
            }
            return LayerFile(path: place, content: .link(target))
        case S_IFREG:
            let content = LayerFile.Content.file(try input(path), isExecutable: status.st_mode & S_IXUSR != 0)
            return LayerFile(path: place, content: content)
        default: throw ImageError.file(path: path, reason: "it is neither file, directory nor link")
        }
    }
}
