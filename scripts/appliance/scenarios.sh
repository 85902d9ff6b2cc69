# shellcheck shell=bash
# shellcheck disable=SC2154,SC2030,SC2031 # Machines of their own are named in subshells.
# The scenarios of scripts/test-appliance. Needs machine.sh, and HOMIE_CUTS and HOMIE_SEED.

. scripts/appliance/power-cuts.sh

scenarios=(build first-boot bare example refusals update panic broken power-cuts stick initramfs hang deltas twice)

list_scenarios() {
    local name
    for name in "${scenarios[@]}"; do
        if [ -e "$passed/$name" ]; then echo "$name  passed"; else echo "$name"; fi
    done
}

# make VERSION OVERLAY [OPTION…]
make_version() {
    local version=$1 overlay=$2
    shift 2
    .build-release/release/homie-image build qemu-x86_64 --root "$PWD" --version "$version" --output "$images" \
        --authorized-keys "$HOMIE_VM/key.pub" --overlay "$overlay" "$@"
}

# The packages whose files version 1.0.5 has altered: what a week of Debian's security updates looks like.
some_packages=(curl haproxy libcurl3t64-gnutls libcurl4t64 libgnutls30t64 libgssapi-krb5-2 libk5crypto3 libkrb5-3 libkrb5support0
    libpng16-16t64 libssl3t64 libxml2 openssl openssl-provider-legacy)

# A version that is as the first one but for its number.
make_small() {
    mkdir -p "$home/variants/$1/usr/lib/homie"
    make_version "$1" "$home/variants/$1" --bundle-only
}

# Small changes: a file of 100 kB.
fill() { head -c 100000 /dev/zero | tr '\0' "$1" >"$2"; }

# delta FROM TO WHAT: makes it, and says how much of the bundle it is.
make_delta() {
    local file=$images/$1-$2.delta made
    made=$(.build-release/release/homie-bundle delta "$(image_of "$1" raucb)" "$(image_of "$2" raucb)" --output "$file" --force --json)
    measured "delta for $3: $(jq .size <<<"$made") bytes, $(jq '.share * 1000 | round / 10' <<<"$made") % of the bundle"
}

scenario_build() {
    local variants=$home/variants version judge base
    scripts/setup image
    [ -n "${HOMIE_APPLIANCE_PROGRAMS:-}" ] || scripts/build-release
    vm key >/dev/null
    rm -rf "$variants"
    for version in 0.9.0 1.0.0 1.0.1 1.0.2 1.0.3 1.0.4 1.0.5 1.0.6; do mkdir -p "$variants/$version/usr/lib/homie"; done
    make_version 1.0.0 "$variants/1.0.0" --json | tee "$home/made.json"
    measured "root image with everything: $(jq .rootSize "$home/made.json") bytes, bundle: $(jq .bundleSize "$home/made.json") bytes"
    # The disk that first-boot starts from is there.
    touch "$images/disk"
    base=$(find "${HOMIE_IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/homie/image}" -path '*/base-*/base.tar' -printf '%T@ %p\n' | sort -n | tail -n 1)
    base=${base#* }
    # 1.0.1: one program is another one: restic, which nothing here uses.
    mkdir "$variants/restic"
    tar -xf "$base" -C "$variants/restic" ./usr/bin/restic
    scripts/appliance/altered.py program "$variants/restic/usr/bin/restic" "$variants/1.0.1/usr/bin/restic"
    make_version 1.0.1 "$variants/1.0.1" --bundle-only
    make_delta 1.0.0 1.0.1 "one program (restic)"
    .build-release/release/homie-bundle index add "$images/index.signed" "$(image_of 1.0.1 raucb)" \
        --delta "$images/1.0.0-1.0.1.delta" --notes 'One program.'
    # 1.0.2: the first process ends at once, which the kernel does not survive.
    mkdir -p "$variants/1.0.2/usr/lib/systemd"
    printf '#!/bin/sh\necho "homie: this version is made to panic" >/dev/kmsg\nexit 1\n' >"$variants/1.0.2/usr/lib/systemd/systemd"
    chmod 755 "$variants/1.0.2/usr/lib/systemd/systemd"
    # 1.0.3: the service 'canary' of the stack 'probe' finds this and is unhealthy.
    echo yes >"$variants/1.0.3/usr/lib/homie/broken"
    # The board's patience is for hosts that are slow; this version needs none.
    judge=$variants/1.0.3/usr/lib/systemd/system/homie-confirm-boot.service.d
    mkdir -p "$judge"
    printf '[Service]\nEnvironment=HOMIE_UPDATE_BOOT_DEADLINE=%s\n' "${HOMIE_APPLIANCE_BAD_DEADLINE:-20m}" >"$judge/zz-test.conf"
    fill y "$variants/1.0.4/usr/lib/homie/change"
    for version in 1.0.2 1.0.3 1.0.4; do make_version "$version" "$variants/$version" --bundle-only; done
    # It has no delta: RAUC fetches the blocks that are new.
    .build-release/release/homie-bundle index add "$images/index.signed" "$(image_of 1.0.3 raucb)" --notes 'Breaks a service.'
    head -c 1M /dev/urandom >"$variants/strange"
    HOMIE_KEYS=$home/strange-keys .build-release/release/homie-bundle create --compatible homie-qemu-x86_64 \
        --bundle-version 1.0.9 --image "boot=$variants/strange" --output "$images/strange.raucb" --force
    touch "$images/built"
}

# What updates of other sizes would cost; these versions are not installed.
scenario_deltas() {
    local variants=$home/variants base
    base=$(find "${HOMIE_IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/homie/image}" -path '*/base-*/base.tar' -printf '%T@ %p\n' | sort -n | tail -n 1)
    scripts/appliance/altered.py packages "${base#* }" "$variants/1.0.5" "${some_packages[@]}"
    make_version 1.0.5 "$variants/1.0.5" --bundle-only
    make_delta 1.0.0 1.0.5 "${#some_packages[@]} packages"
    strip --strip-all -o "$variants/homied.stripped" .build-release/release/homied
    mkdir -p "$variants/1.0.6/usr/lib/homie/bin"
    scripts/appliance/altered.py program "$variants/homied.stripped" "$variants/1.0.6/usr/lib/homie/bin/homied"
    make_version 1.0.6 "$variants/1.0.6" --bundle-only
    make_delta 1.0.0 1.0.6 "one program (homied)"
}

# from_stick VERSION: a stick with the bundle of a version is plugged in. The kernel for virtual machines knows no USB: a loop device
# takes the stick's place, and udev is asked the same rule without the bus.
from_stick() {
    vm copy "$(image_of "$1" raucb)" /data/homie.raucb
    on 'truncate -s 400M /data/stick && mkfs.vfat -n HOMIE-OS /data/stick >/dev/null && mkdir -p /run/stick &&
        mount -o loop /data/stick /run/stick && mv /data/homie.raucb /run/stick/ && umount /run/stick'
    on 'mkdir -p /run/udev/rules.d && sed "s/SUBSYSTEMS==\"usb\", //" /usr/lib/udev/rules.d/60-homie-update.rules \
        >/run/udev/rules.d/61-homie-stick.rules && udevadm control --reload'
    # shellcheck disable=SC2016 # The machine expands it.
    on 'device=$(losetup --find --show --read-only /data/stick) && udevadm trigger --action=add "/sys/block/${device#/dev/}"'
}

scenario_stick() {
    local boots before=$SECONDS
    make_small 1.0.7
    start_machine
    is_well
    boots=$(boots_seen)
    # It is installed and started by itself, from being plugged in.
    from_stick 1.0.7
    eventually "$patience" "the restart" test_boots "$((boots + 1))"
    eventually "$patience" "version 1.0.7" runs_version 1.0.7
    is_well
    [ "$(status '.history[-1] | .version + " " + .outcome')" = "1.0.7 confirmed" ]
    on rm /data/stick
    measured "1.0.7 from a stick, started and confirmed after $((SECONDS - before)) s"
}

# A root that is not what its hash says: the initial RAM disk cannot mount it.
scenario_initramfs() {
    local boots begun other=b before=$SECONDS
    make_small 1.0.8
    start_machine
    is_well
    serve
    begun=$(version)
    install_version 1.0.8
    [ "$(status .booted)" = A ] || other=a
    on "dd if=/dev/urandom of=/dev/disk/by-partlabel/root-$other bs=1M count=8 conv=notrunc,fsync"
    boots=$(boots_seen)
    restart_machine
    eventually "$patience" "the restart" test_boots "$((boots + 1))"
    eventually "$((patience * 3))" "the way back" fell_back_from 1.0.8
    runs_version "$begun"
    is_well
    measured "back from a root that cannot be mounted after $((SECONDS - before)) s and $(($(boots_seen) - boots)) starts"
    status '.history[-1].cause' | grep 'did not come up'
}

# Nothing of the system gets a processor any more, the first process neither: what the hardware watchdog is there for (on this board
# after 5 min: in emulation a start is slow).
scenario_hang() {
    local boots before=$SECONDS status=0
    start_machine
    is_well
    boots=$(boots_seen)
    # Without them the kernel would leave the others one part in twenty of each processor.
    # shellcheck disable=SC2016 # The machine expands it.
    on 'echo -1 >/proc/sys/kernel/sched_rt_runtime_us && for server in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do echo 0 >"$server"; done'
    # shellcheck disable=SC2016 # The machine expands it.
    timeout 60 scripts/vm ssh 'for _ in $(seq "$(nproc)"); do
        setsid chrt --fifo 99 sh -c "while :; do :; done" >/dev/null 2>&1 </dev/null &
    done' || status=$?
    echo "the machine hangs ($status)"
    vm hang-up
    eventually "$patience" "the watchdog" test_boots "$((boots + 1))"
    is_well
    measured "a system that hangs was started again by the hardware watchdog, and was well after $((SECONDS - before)) s"
}

# What the first build made, made again without anything that it left in the cache.
scenario_twice() {
    local again=$home/twice ending
    rm -rf "$again"
    mkdir -p "$again/overlay/usr/lib/homie"
    .build-release/release/homie-image build qemu-x86_64 --root "$PWD" --version 1.0.0 --output "$again/out" --cache "$again/cache" \
        --authorized-keys "$HOMIE_VM/key.pub" --overlay "$again/overlay"
    for ending in img img.bmap img.sha256 spdx.json; do
        cmp "$(image_of 1.0.0 "$ending")" "$again/out/$(basename "$(image_of 1.0.0 "$ending")")"
    done
    measured "built twice: $(cut -d ' ' -f 1 "$(image_of 1.0.0 img.sha256)") both times; block map, checksum and SBOM are the same bytes, too"
    rm -rf "$again"
}

# start_of VERSION UNIT: µs from the kernel's start until UNIT is there, on a fresh disk, in a machine of its own; into the file 'start'.
start_of() (
    export HOMIE_VM=$home/bare HOMIE_VM_FORWARD=
    vm reset
    vm start "$(image_of "$1" img)"
    eventually "$patience" "SSH" on true
    eventually "$patience" "$2" on systemctl is-active "$2"
    # Without the suite nothing of ours has run.
    [ "$1" != 0.9.0 ] || [ "$(on systemctl is-active homied)" = inactive ]
    on systemctl show -P ActiveEnterTimestampMonotonic "$2" >"$home/start"
    vm kill
)

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

scenario_bare() {
    local unit number bare=() ready=() overlay=$home/variants/0.9.0
    for unit in homied homie-confirm-boot; do
        mkdir -p "$overlay/usr/lib/systemd/system/$unit.service.d"
        printf '[Unit]\nConditionPathExists=/nonexistent\n' >"$overlay/usr/lib/systemd/system/$unit.service.d/zz-bare.conf"
    done
    make_version 0.9.0 "$overlay"
    # One machine at a time, so that each start has the host to itself; in turns, as the host is not the same all the time.
    stop_machine
    install -D -m 600 "$home/vm/key" "$home/bare/key"
    for ((number = 0; number < ${HOMIE_APPLIANCE_STARTS:-3}; number++)); do
        start_of 0.9.0 multi-user.target
        bare+=("$(cat "$home/start")")
        start_of 1.0.0 homied.service
        ready+=("$(cat "$home/start")")
    done
    measured "kernel start to multi-user.target, without the suite: ${bare[*]} µs; to READY=1 of homied: ${ready[*]} µs"
    measured "of the medians READY=1 comes after $(($(median "${ready[@]}") * 100 / $(median "${bare[@]}"))) %"
}

scenario_first_boot() {
    local before=$SECONDS ready gateway
    vm reset
    start_machine
    eventually "$patience" "SSH" on true
    measured "SSH answers after $((SECONDS - before)) s"
    eventually "$patience" "homied" homied_is_ready
    runs_version 1.0.0
    eventually "$patience" "systemd to be done" on '! systemctl is-system-running | grep -q starting'
    on systemctl --failed --no-legend | tee "$home/failed-units"
    [ ! -s "$home/failed-units" ]
    # The root cannot be written, the data partition has grown into the disk.
    on '! touch /usr/x 2>/dev/null'
    [ "$(on df --output=size -B1M /data | tail -n 1)" -gt 3000 ]
    on docker info --format '{{.LiveRestoreEnabled}}' | grep -qx true
    eventually "$patience" "a confirmed slot" slot_is_confirmed
    on systemd-analyze time
    on systemd-analyze critical-chain --no-pager homied.service
    ready=$(on systemctl show -P ActiveEnterTimestampMonotonic homied)
    measured "kernel start to READY=1 of homied: $ready µs"
    # What serves outlives what steers it, and comes back by itself.
    eventually "$patience" "the gateway" gateway_answers
    gateway=$(on systemctl show -P MainPID homie-gateway)
    on systemctl restart homied
    gateway_answers
    [ "$(on systemctl show -P MainPID homie-gateway)" = "$gateway" ]
    on kill -KILL "$gateway"
    eventually "$patience" "the gateway" gateway_answers
    eventually "$patience" "homied" homied_is_ready
    status .booted | grep -qx A
}

scenario_example() {
    start_machine
    eventually "$patience" "SSH" on true
    eventually "$patience" "homied" homied_is_ready
    if [ ! -s "$home/fixtures.tar.zst" ]; then
        local socket
        socket=$(scripts/dockerd start)
        DOCKER_HOST=unix://$socket scripts/fixtures nginx postgres backend static
        docker -H "unix://$socket" save homie/nginx:1 homie/postgres:1 homie/backend:1 homie/static:1 |
            zstd -q >"$home/fixtures.tar.zst"
        scripts/dockerd stop
    fi
    vm copy "$home/fixtures.tar.zst" /root/fixtures.tar.zst
    timeout "$patience" scripts/vm ssh 'zstd -dc /root/fixtures.tar.zst | docker load && rm /root/fixtures.tar.zst'
    vm copy scripts/example/compose.yaml /root/example.yaml
    vm copy scripts/appliance/slow.yaml /root/slow.yaml
    vm copy scripts/appliance/compose.yaml /root/probe.yaml
    timeout "$patience" scripts/vm ssh homie up -f /root/example.yaml -f /root/slow.yaml --wait
    timeout "$patience" scripts/vm ssh homie up -f /root/probe.yaml --wait
    eventually "$patience" "healthy services" services_are_healthy
    on curl -fsS -o /dev/null http://localhost:8088/
    # Avahi, as whoever is on the same network asks it, knows the name of the route.
    eventually "$patience" "the name of the route" name_is_published
    on busctl --timeout=60 call org.freedesktop.Avahi / org.freedesktop.Avahi.Server ResolveHostName iisiu -- -1 -1 \
        "$(route_names | head -n 1)" -1 0
    write_state homie
    state_is_there homie
    # With live-restore the engine's restart stops no service.
    local started
    started=$(on docker inspect -f '{{.State.StartedAt}}' example-frontend-1)
    on systemctl restart docker
    eventually "$patience" "the engine" on docker info
    [ "$(on docker inspect -f '{{.State.StartedAt}}' example-frontend-1)" = "$started" ]
}

scenario_refusals() {
    local said
    start_machine
    is_well
    serve
    vm copy "$images/strange.raucb" /data/strange.raucb
    said=$(on homie os install /data/strange.raucb 2>&1) && return 1
    # It was seen, and refused for what it is.
    echo "$said"
    grep -q "the signature of '/data/strange.raucb' is not trusted" <<<"$said"
    on rm /data/strange.raucb
    [ "$(status .pending)" = null ]
    # Nobody but root and the updater may talk to RAUC; homied may look.
    on '! runuser -u nobody -- busctl call de.pengutronix.rauc / de.pengutronix.rauc.Installer GetPrimary'
    on '! runuser -u homie -- busctl call de.pengutronix.rauc / de.pengutronix.rauc.Installer Mark ss bad booted'
    on 'runuser -u homie -- busctl call de.pengutronix.rauc / de.pengutronix.rauc.Installer GetSlotStatus >/dev/null'
    on '! runuser -u homie -- systemctl --no-ask-password stop docker.service'
}

scenario_update() {
    local before begun restarted answers=$home/answers watcher
    start_machine
    is_well
    serve
    watch_example "$answers" &
    watcher=$!
    # Both are ended with the scenario, however it ends; by then the function's variables are gone.
    # shellcheck disable=SC2064
    trap "kill $watcher; stop_server" EXIT
    on "printf '%s\n' 'index = $http/index.signed' 'automatic = no' >/etc/homie/update.conf"
    begun=$(date +%s)
    install_source 1.0.1 1.0.1
    [ "$(status .pending.version)" = 1.0.1 ]
    restarted=$(date +%s)
    [ "$(refused "$answers" "$begun" "$restarted")" = 0 ]
    before=$SECONDS
    restart_machine
    eventually "$patience" "version 1.0.1" runs_version 1.0.1
    is_well
    measured "restart into 1.0.1, confirmed after $((SECONDS - before)) s"
    measured "the example was asked every second: no refusal during the install; longest silence then $(longest_silence "$answers" "$begun" "$restarted") s, with the restart $(longest_silence "$answers" "$begun" "$(date +%s)") s"
    status .booted | grep -qx B
    [ "$(status '.history[-1].outcome')" = confirmed ]
    on homie os status
}

# falls_back VERSION [SOURCE]: installs it, restarts, and expects 1.0.1 again with the cause recorded.
falls_back() {
    local boots before
    start_machine
    is_well
    runs_version 1.0.1
    serve
    if [ $# = 2 ]; then install_source "$1" "$2"; else install_version "$1"; fi
    boots=$(boots_seen)
    before=$SECONDS
    restart_machine
    # Until the bad version has had its say.
    eventually "$patience" "the restart" test_boots "$((boots + 1))"
    eventually "$((patience * 3))" "the way back" was_rolled_back "$1"
    measured "back from $1 after $((SECONDS - before)) s and $(($(boots_seen) - boots)) starts"
    is_well
    runs_version 1.0.1
    measured "cause: $(status '.history[-1].cause')"
    on homie os status
}

test_boots() { [ "$(boots_seen)" -ge "$1" ]; }

was_rolled_back() { runs_version 1.0.1 && fell_back_from "$1"; }

fell_back_from() { [ "$(status '.history[-1] | .version + " " + .outcome')" = "$1 rolledBack" ]; }

scenario_panic() {
    falls_back 1.0.2
    grep -aq 'Kernel panic' "$HOMIE_VM/console.log"
    status '.history[-1].cause' | grep 'did not come up'
    on homie why | grep 'system 1.0.2 was given up, and 1.0.1 runs again'
}

scenario_broken() {
    falls_back 1.0.3 1.0.3
    [ "$(fetched)" -lt "$(($(stat -c %s "$(image_of 1.0.3 raucb)") / 5))" ]
    status '.history[-1].cause' | grep 'probe/canary'
    on homie why probe/canary | grep 'system 1.0.3 was given up, and 1.0.1 runs again'
    # The journal of the bad system.
    status '.history[-1].detail' | grep -c .
}
