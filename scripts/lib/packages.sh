# shellcheck shell=bash
# Debian packages: installs what is missing, and nothing that is there. Needs say.sh.

# as_root COMMAND...: runs a command as root, through sudo where the user is somebody else.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "this needs root: $*" "run it as root, or install sudo"
    fi
}

is_installed() { [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

has_candidate() {
    case "$(LC_ALL=C apt-cache policy "$1" 2>/dev/null)" in
        '' | *'Candidate: (none)'*) return 1 ;;
    esac
}

apt_quietly() {
    local log status=0
    log=$(mktemp)
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] || tail -n 15 "$log" >&2
    rm -f "$log"
    return "$status"
}

# need_packages PACKAGE...: installs those that are missing; the package lists are fetched only when they are needed.
need_packages() {
    local package missing=() unknown=()
    for package in "$@"; do is_installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        die "these packages are missing, and this is no Debian system: ${missing[*]}" "install their counterparts by hand"
    for package in "${missing[@]}"; do has_candidate "$package" || unknown+=("$package"); done
    if [ ${#unknown[@]} -gt 0 ]; then
        say "fetching Debian's package lists"
        apt_quietly update || die "apt-get update failed" "check the network and /etc/apt/sources.list"
    fi
    say "installing ${missing[*]}"
    apt_quietly install --yes --no-install-recommends "${missing[@]}" && return 0
    say "fetching newer package lists, then trying again"
    if ! { apt_quietly update && apt_quietly install --yes --no-install-recommends "${missing[@]}"; }; then
        die "could not install ${missing[*]}"
    fi
}
