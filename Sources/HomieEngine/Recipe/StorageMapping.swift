internal import HomieModel
internal import HomieSupervisor

/// The mounts of a service as the engine takes them.
struct StorageMapping {
    /// `source:target:options`: the form that makes a missing directory of the host.
    var binds: [String] = []
    var mounts: [HostConfiguration.Mount] = []
    var tmpfs: [String: String] = [:]

    private static let createsMountpoints = APIVersion(major: 1, minor: 42)
    private static let subpaths = APIVersion(major: 1, minor: 45)

    init(_ recipe: ContainerRecipe, version: APIVersion) throws {
        var targets: Set<String> = []
        for mount in recipe.definition.mounts {
            targets.insert(Self.normalised(mount.target))
            switch mount.kind {
            case .bind: add(bind: mount, version: version)
            case .volume: mounts.append(try Self.volume(mount, recipe: recipe, version: version))
            case .tmpfs:
                var made = Self.plain(mount)
                if mount.tmpfsSize != nil || mount.tmpfsMode != nil {
                    made.TmpfsOptions = .init(SizeBytes: mount.tmpfsSize?.bytes, Mode: mount.tmpfsMode)
                }
                mounts.append(made)
            case .npipe, .cluster: mounts.append(Self.plain(mount))
            }
        }
        for entry in recipe.definition.tmpfs ?? [] {
            let parts = entry.split(separator: ":", maxSplits: 1).map(String.init)
            tmpfs[parts[0]] = parts.count == 2 ? parts[1] : ""
            targets.insert(Self.normalised(parts[0]))
        }
        // Volumes the image declares have no mount of their own, and must not be lost either.
        for (target, volume) in recipe.anonymousVolumes.sorted(by: { $0.key < $1.key })
        where !targets.contains(Self.normalised(target)) {
            mounts.append(.init(Type: "volume", Source: volume, Target: target))
        }
    }

    private mutating func add(bind mount: MountDefinition, version: APIVersion) {
        let source = mount.source ?? ""
        let createsPath = mount.bindCreatesHostPath ?? true
        let fitsOneLine = !source.contains(":") && !mount.target.contains(":")
        if (createsPath || mount.bindSELinux != nil) && fitsOneLine {
            var options = [mount.isReadOnly == true ? "ro" : "rw"]
            if let label = mount.bindSELinux { options.append(label) }
            if let propagation = mount.bindPropagation { options.append(propagation) }
            binds.append("\(source):\(mount.target):\(options.joined(separator: ","))")
            return
        }
        var made = Self.plain(mount)
        let creates = createsPath && version >= Self.createsMountpoints
        if mount.bindPropagation != nil || creates {
            made.BindOptions = .init(Propagation: mount.bindPropagation, CreateMountpoint: creates ? true : nil)
        }
        mounts.append(made)
    }

    private static func volume(
        _ mount: MountDefinition,
        recipe: ContainerRecipe,
        version: APIVersion
    ) throws -> HostConfiguration.Mount {
        var made = plain(mount)
        if let key = mount.source {
            guard let volume = recipe.volumes[key] else {
                throw EngineError.undefined(what: "volume '\(key)'", container: recipe.name)
            }
            made.Source = volume.name
        } else {
            made.Source = recipe.anonymousVolumes.first { normalised($0.key) == normalised(mount.target) }?.value
        }
        let subpath = version >= subpaths ? mount.volumeSubpath : nil
        if mount.volumeNoCopy != nil || subpath != nil {
            made.VolumeOptions = .init(NoCopy: mount.volumeNoCopy, Subpath: subpath)
        }
        return made
    }

    private static func plain(_ mount: MountDefinition) -> HostConfiguration.Mount {
        .init(
            Type: mount.kind.rawValue,
            Source: mount.source,
            Target: mount.target,
            ReadOnly: mount.isReadOnly,
            Consistency: mount.consistency
        )
    }

    private static func normalised(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
