internal import HomieSupervisor

/// Takes apart the engine's multiplexed streams (Engine API, "Attach to a container", stream format): a header of eight
/// bytes, of which the first is the stream's number and the last four the payload's length, then the payload.
struct FrameDecoder {
    struct Frame: Equatable {
        var channel: LogLine.Channel
        var payload: ArraySlice<UInt8>
    }

    private var pending: [UInt8] = []

    /// The frames that `bytes` completes.
    mutating func push(_ bytes: [UInt8]) -> [Frame] {
        if pending.isEmpty { pending = bytes } else { pending += bytes }
        var frames: [Frame] = []
        var start = 0
        while pending.count - start >= 8 {
            let length = pending[(start + 4)..<(start + 8)].reduce(0) { $0 << 8 | Int($1) }
            guard pending.count - start - 8 >= length else { break }
            frames.append(
                Frame(
                    channel: pending[start] == 2 ? .stderr : .stdout,
                    payload: pending[(start + 8)..<(start + 8 + length)]
                )
            )
            start += 8 + length
        }
        if start > 0 { pending = Array(pending[start...]) }
        return frames
    }
}
