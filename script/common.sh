# Shared by the scripts beside it (sourced, not run): where things are, which packages are needed, and the
# build variants. One folder per variant below build/.
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
JOBS=${JOBS:-$(nproc)}

# What building needs, what the tests need on top, those with --clients, and what a benchmark compares with.
PACKAGES_BUILD=(gcc libc6-dev meson ninja-build pkg-config libseccomp-dev libpcre2-dev libyaml-dev libc-ares-dev binutils git)
PACKAGES_TEST=(
    libcmocka-dev clang-14 libclang-rt-14-dev clang-tidy-14 clang-format-14 cppcheck shellcheck codespell
    pmccabe python3 python3-pytest python3-pytest-timeout python3-pytest-xdist python3-jsonschema python3-yaml python3-docker
    docker.io docker-compose docker-registry busybox-static iproute2 procps socat curl tzdata man-db mandoc zsh fish
)
PACKAGES_CLIENTS=(podman)
PACKAGES_BENCH=(nginx-light haproxy util-linux strace)

say() {
    printf '== %s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# package_here NAME: is it installed? A heavier sibling of nginx-light will do as well.
package_here() {
    local status
    if [ "$1" = nginx-light ] && command -v nginx >/dev/null; then
        return 0
    fi
    status=$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) || return 1
    [ "$status" = 'install ok installed' ]
}

# as_root COMMAND…: directly as root, else through sudo, which may ask.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# need_packages NAME…: installs what is missing, and asks nobody where nothing is.
need_packages() {
    local name missing=()
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: what is needed has to be there already ($*)"
        return 0
    fi
    for name in "$@"; do
        package_here "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        die "these Debian packages are missing; have root run: apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    # Services that a package brings (an engine, a web server) are not to be started by a test run.
    local install=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
        apt-get install -y -q --no-install-recommends "${missing[@]}")
    if ! compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || ! as_root "${install[@]}" >&2; then
        as_root apt-get update -q >&2
        as_root "${install[@]}" >&2
    fi
}

# The build variants: name, then what `meson setup` gets. The release is what gets shipped.
variant_arguments() {
    case $1 in
    release) echo --buildtype=release -Doptimization=2 -Dstatic=true ;;
    debug) echo --buildtype=debug ;;
    # What these are for needs no optimisation; warnings are errors in the release and under clang.
    asan) echo --buildtype=debug -Doptimization=1 -Dwerror=false -Db_sanitize=address,undefined ;;
    clang) echo --buildtype=debug -Ddebug=false -Doptimization=0 ;;
    analyzer) echo --buildtype=debugoptimized -Danalyzer=true -Dtests=false ;;
    *) die "no such variant: $1 (release, debug, asan, clang, analyzer)" ;;
    esac
}

# build_variant NAME [TARGET…]: sets build/NAME up when it is new, then builds.
build_variant() {
    local name=$1 cc=${CC:-gcc} arguments
    shift
    arguments=$(variant_arguments "$name")
    [ "$name" = clang ] && cc=clang-14
    # The unit tests want cmocka, which somebody who only builds need not have.
    if [ "$name" = release ] && ! pkg-config --exists cmocka; then
        arguments="$arguments -Dtests=false"
    fi
    # Meson keeps absolute paths: a checkout that was moved or copied is set up anew.
    if [ -f "$ROOT/build/$name/build.ninja" ] &&
        ! grep -qF "\"source\": \"$(realpath "$ROOT")\"" "$ROOT/build/$name/meson-info/meson-info.json"; then
        say "build/$name was set up in another place, and is made anew"
        rm -rf "$ROOT/build/$name"
    fi
    if [ ! -f "$ROOT/build/$name/build.ninja" ]; then
        # shellcheck disable=SC2086 # the arguments are words
        CC=$cc meson setup $arguments "$ROOT/build/$name" "$ROOT" >&2
    fi
    ninja -C "$ROOT/build/$name" -j "$JOBS" "$@" >&2
}
