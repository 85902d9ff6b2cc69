public import ArgumentParser
public import HomieBundle

extension BundleManifest.Format: ExpressibleByArgument {}
