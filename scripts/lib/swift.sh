# shellcheck shell=bash
# The Swift toolchain, and the one build that check and test share. Needs say.sh.

# find_swift: puts a Swift toolchain of 6.2 or newer on PATH, or says what is needed.
find_swift() {
    local directory version
    if ! command -v swift >/dev/null; then
        for directory in /opt/swift/usr/bin "${SWIFTLY_BIN_DIR:-$HOME/.local/share/swiftly/bin}"; do
            [ -x "$directory/swift" ] && PATH="$directory:$PATH" && break
        done
    fi
    command -v swift >/dev/null ||
        die "no Swift toolchain found in PATH, /opt/swift or ~/.local/share/swiftly" \
            "install Swift 6.3 as https://www.swift.org/install/linux describes"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case "$version" in
        6.[2-9] | 6.[1-9][0-9] | [7-9].*) ;;
        *) die "Swift ${version:-of unknown version} found, 6.2 or newer is needed" \
            "install Swift 6.3 as https://www.swift.org/install/linux describes" ;;
    esac
}

# Every build of a check or test takes these, so that one build serves both. A target may import only what it declares.
SWIFT_FLAGS=(--explicit-target-dependency-import-check error)

# What the appliance runs is compiled for size, and each function can be left out by the linker by itself: homied at rest keeps 3 MB less
# code in memory than with -O, and the root of the image is smaller.
RELEASE_FLAGS=(-Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -ffunction-sections -Xcc -fdata-sections)

# build_release PRODUCT...: optimised programs with the runtime in them, in .build-release/release. A folder of its
# own, so that it and the build of the tests do not undo each other's work.
build_release() {
    local product
    for product in "$@"; do
        HOMIE_STANDALONE=1 swift build --configuration release --static-swift-stdlib --scratch-path .build-release \
            "${SWIFT_FLAGS[@]}" "${RELEASE_FLAGS[@]}" --product "$product"
    done
}

build_with_tests() { swift build --build-tests "${SWIFT_FLAGS[@]}"; }
