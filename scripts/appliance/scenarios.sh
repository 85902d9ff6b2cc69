# shellcheck shell=bash
# shellcheck disable=SC2154
# The scenarios of scripts/test-appliance. Needs machine.sh, and HOMIE_CUTS and HOMIE_SEED.

scenarios=(build first-boot example refusals update panic broken power-cuts)

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
    .build-release/release/homie-image build qemu-x86_64 --version "$version" --output "$images" \
        --authorized-keys "$HOMIE_VM/key.pub" --overlay "$overlay" "$@"
}

scenario_build() {
    local variants=$home/variants version
    scripts/setup image
    [ -n "${HOMIE_APPLIANCE_PROGRAMS:-}" ] || scripts/build-release
    vm key >/dev/null
    rm -rf "$variants"
    for version in 1.0.0 1.0.1 1.0.2 1.0.3 1.0.4; do mkdir -p "$variants/$version/usr/lib/homie"; done
    # An update as small as they come: one file of 100 kB.
    head -c 100000 /dev/zero | tr '\0' x >"$variants/1.0.1/usr/lib/homie/change"
    head -c 100000 /dev/zero | tr '\0' y >"$variants/1.0.4/usr/lib/homie/change"
    # The first process ends at once, which the kernel does not survive.
    mkdir -p "$variants/1.0.2/usr/lib/systemd"
    printf '#!/bin/sh\necho "homie: this version is made to panic" >/dev/kmsg\nexit 1\n' >"$variants/1.0.2/usr/lib/systemd/systemd"
    chmod 755 "$variants/1.0.2/usr/lib/systemd/systemd"
    # The service 'canary' of the stack 'probe' finds this and is unhealthy.
    echo yes >"$variants/1.0.3/usr/lib/homie/broken"
    make_version 1.0.0 "$variants/1.0.0" --json | tee "$home/made.json"
    measured "root image with everything: $(jq .rootSize "$home/made.json") bytes, bundle: $(jq .bundleSize "$home/made.json") bytes"
    make_version 1.0.1 "$variants/1.0.1" --bundle-only
    # What these cost is not measured: made the quick way.
    for version in 1.0.2 1.0.3 1.0.4; do
        make_version "$version" "$variants/$version" --bundle-only --compression lz4
    done
    head -c 1M /dev/urandom >"$variants/strange"
    HOMIE_KEYS=$home/strange-keys .build-release/release/homie-bundle create --compatible homie-qemu-x86_64 \
        --bundle-version 1.0.9 --image "boot=$variants/strange" --output "$images/strange.raucb" --force
    touch "$images/built"
}

scenario_first_boot() {
    local before=$SECONDS
    vm reset
    start_machine
    eventually "$patience" "SSH" on true
    measured "SSH answers after $((SECONDS - before)) s"
    eventually "$patience" "homied" homied_is_ready
    runs_version 1.0.0
    eventually 300 "systemd to be done" on '! systemctl is-system-running | grep -q starting'
    on systemctl --failed --no-legend | tee "$home/failed-units"
    [ ! -s "$home/failed-units" ]
    # The root cannot be written, the data partition has grown into the disk.
    on '! touch /usr/x 2>/dev/null'
    [ "$(on df --output=size -B1M /data | tail -n 1)" -gt 3000 ]
    on docker info --format '{{.LiveRestoreEnabled}}' | grep -qx true
    eventually "$patience" "a confirmed slot" slot_is_confirmed
    on systemd-analyze time || true
    measured "kernel start to READY=1 of homied: $(on systemctl show -P ActiveEnterTimestampMonotonic homied) µs"
    measured "kernel start to multi-user.target: $(on systemctl show -P ActiveEnterTimestampMonotonic multi-user.target) µs"
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
    timeout 1800 scripts/vm ssh 'zstd -dc /root/fixtures.tar.zst | docker load && rm /root/fixtures.tar.zst'
    vm copy scripts/example/compose.yaml /root/example.yaml
    vm copy scripts/appliance/slow.yaml /root/slow.yaml
    vm copy scripts/appliance/compose.yaml /root/probe.yaml
    timeout "$patience" scripts/vm ssh homie up -f /root/example.yaml -f /root/slow.yaml --wait
    timeout "$patience" scripts/vm ssh homie up -f /root/probe.yaml --wait
    eventually "$patience" "healthy services" services_are_healthy
    on curl -fsS -o /dev/null http://localhost:8088/
    write_state homie
    state_is_there homie
    # With live-restore the engine's restart stops no service.
    local started
    started=$(on docker inspect -f '{{.State.StartedAt}}' example-frontend-1)
    on systemctl restart docker
    eventually 300 "the engine" on docker info
    [ "$(on docker inspect -f '{{.State.StartedAt}}' example-frontend-1)" = "$started" ]
}

scenario_refusals() {
    local said
    start_machine
    is_well
    serve
    vm copy "$images/strange.raucb" /root/strange.raucb
    said=$(on homie os install /root/strange.raucb 2>&1) && return 1
    echo "$said"
    [ "$(status .pending)" = null ]
    # Nobody but root and the updater may talk to RAUC; homied may look.
    on '! runuser -u nobody -- busctl call de.pengutronix.rauc / de.pengutronix.rauc.Installer GetPrimary'
    on '! runuser -u homie -- busctl call de.pengutronix.rauc / de.pengutronix.rauc.Installer Mark ss bad booted'
    on 'runuser -u homie -- busctl call de.pengutronix.rauc / de.pengutronix.rauc.Installer GetSlotStatus >/dev/null'
    on '! runuser -u homie -- systemctl --no-ask-password stop docker.service'
}

scenario_update() {
    local before
    start_machine
    is_well
    serve
    install_version 1.0.1
    [ "$(status .pending.version)" = 1.0.1 ]
    before=$SECONDS
    restart_machine
    eventually "$patience" "version 1.0.1" runs_version 1.0.1
    is_well
    measured "restart into 1.0.1, confirmed after $((SECONDS - before)) s"
    status .booted | grep -qx B
    [ "$(status '.history[-1].outcome')" = confirmed ]
    on homie os status
}

# falls_back VERSION: installs it, restarts, and expects 1.0.1 again with the cause recorded.
falls_back() {
    local boots before
    start_machine
    is_well
    runs_version 1.0.1
    serve
    install_version "$1"
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

was_rolled_back() {
    runs_version 1.0.1 && [ "$(status '.history[-1] | .version + " " + .outcome')" = "$1 rolledBack" ]
}

scenario_panic() {
    falls_back 1.0.2
    grep -aq 'Kernel panic' "$HOMIE_VM/console.log"
    status '.history[-1].cause' | grep -q 'did not come up'
}

scenario_broken() {
    falls_back 1.0.3
    status '.history[-1].cause' | grep -q 'probe/canary'
}

scenario_power_cuts() {
    local number delay version interrupted=0
    start_machine
    is_well
    serve
    RANDOM=$HOMIE_SEED
    for ((number = 1; number <= HOMIE_CUTS; number++)); do
        delay=$((RANDOM % 90 + 2))
        version=1.0.4
        runs_version 1.0.1 || version=1.0.1
        echo "cut $number of $HOMIE_CUTS: $delay s into the install of $version"
        on homie os install --no-wait "$http/$(basename "$(image_of "$version" raucb)")"
        sleep "$delay"
        status '.install | "\(.state) \(.percentage) % \(.message)"' || true
        vm kill
        start_machine
        is_well
        case "$(version)" in 1.0.1 | 1.0.4) ;; *) return 1 ;; esac
        [ "$(status '.history[-1].outcome')" != failed ] || interrupted=$((interrupted + 1))
        on homie os status
    done
    number=$((number - 1))
    measured "$number of $HOMIE_CUTS power cuts, each followed by a good system with all state; $interrupted were told as interrupted"
}
