// GLib documents GMainContext and GMainLoop as usable from every thread; the compiler cannot know this of a pointer,
// hence `@unchecked Sendable`.

internal import CGIO
internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#endif

/// A thread of its own that runs one GLib main context: callbacks of everything started on it arrive on it.
final class MainLoop: @unchecked Sendable {
    private let context: OpaquePointer
    private let loop: OpaquePointer

    init() {
        context = g_main_context_new()
        loop = g_main_loop_new(context, 0)
        let started = DispatchSemaphore(value: 0)
        // The thread keeps the context alive by itself, so that the loop may go away first.
        let references = Box(value: (g_main_context_ref(context), g_main_loop_ref(loop), started))
        let thread = g_thread_new(
            "homie-bus",
            { box in
                guard let box else { return nil }
                let (context, loop, started) = Box<(OpaquePointer?, OpaquePointer?, DispatchSemaphore)>.take(box).value
                g_main_context_push_thread_default(context)
                started.signal()
                g_main_loop_run(loop)
                g_main_context_pop_thread_default(context)
                g_main_loop_unref(loop)
                g_main_context_unref(context)
                return nil
            },
            references.retained()
        )
        g_thread_unref(thread)
        started.wait()
    }

    deinit {
        // Queued behind what is waiting already, and so also seen by a loop that has not begun to run.
        let loop = UInt(bitPattern: g_main_loop_ref(loop))
        Self.queue(on: context) {
            let loop = OpaquePointer(bitPattern: loop)
            g_main_loop_quit(loop)
            g_main_loop_unref(loop)
        }
        g_main_loop_unref(self.loop)
        g_main_context_unref(context)
    }

    /// Runs `body` on the thread, after what was queued before; returns at once.
    func queue(_ body: @escaping @Sendable () -> Void) { Self.queue(on: context, body) }

    private static func queue(on context: OpaquePointer, _ body: @escaping @Sendable () -> Void) {
        let source = g_idle_source_new()
        g_source_set_priority(source, G_PRIORITY_DEFAULT)
        g_source_set_callback(
            source,
            { box in
                if let box { Box<@Sendable () -> Void>.peek(box).value() }
                return 0
            },
            Box(value: body).retained(),
            { box in if let box { Box<@Sendable () -> Void>.release(box) } }
        )
        g_source_attach(source, context)
        g_source_unref(source)
    }
}

/// A Swift value on its way through a C pointer.
final class Box<Value> {
    let value: Value

    init(value: Value) { self.value = value }

    func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    static func take(_ pointer: UnsafeMutableRawPointer) -> Box {
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue()
    }

    static func peek(_ pointer: UnsafeMutableRawPointer) -> Box {
        Unmanaged<Box>.fromOpaque(pointer).takeUnretainedValue()
    }

    static func release(_ pointer: UnsafeMutableRawPointer) { Unmanaged<Box>.fromOpaque(pointer).release() }
}
