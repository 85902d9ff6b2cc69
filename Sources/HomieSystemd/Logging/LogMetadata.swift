import Logging

/// Which metadata an event carries in the end.
enum LogMetadata {
    /// What stands nearer to the event wins: the event's own, then the provider's, then the handler's.
    static func merged(
        handler: Logger.Metadata,
        provider: Logger.MetadataProvider?,
        event: LogEvent
    ) -> Logger.Metadata {
        var merged = handler
        if let provided = provider?.get() { merged.merge(provided) { _, nearer in nearer } }
        if let error = event.error { merged["error"] = "\(error)" }
        if let own = event.metadata { merged.merge(own) { _, nearer in nearer } }
        return merged
    }
}
