#!/usr/bin/env bash
# Does an aarch64 processor compute the same bits? `wordvec verify` under emulation, on an x86-64 machine with Debian.
#
#     apt-get install qemu-user-static && dpkg --add-architecture arm64 && apt-get update
#     bash tests/benchmarks/verify_aarch64.sh
#
# Python and its libraries are Debian's for arm64, unpacked in a temporary folder; the wheels are those of the package index.
# Takes 20 minutes, nearly all of it compiling.
set -euo pipefail
cd "$(dirname "$0")/../.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/debs" "$work/root"
version="$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
python=3.11 # Debian 12's
(
    cd "$work/debs"
    apt-get download -q \
        "python$python-minimal:arm64" "libpython$python-minimal:arm64" "libpython$python-stdlib:arm64" libc6:arm64 \
        libgcc-s1:arm64 libstdc++6:arm64 zlib1g:arm64 libexpat1:arm64 libffi8:arm64 libssl3:arm64 libbz2-1.0:arm64 \
        liblzma5:arm64 libsqlite3-0:arm64 libgomp1:arm64
)
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
platforms=(--platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 --platform manylinux2014_aarch64)
python3 -m pip install -q --target "$work/site" --python-version "$python" --only-binary :all: "${platforms[@]}" \
    numpy numba scipy scikit-learn threadpoolctl safetensors tqdm typer
python3 -m pip install -q --no-deps --target "$work/site" .
echo "built with Python $version, run with $python"
PYTHONPATH="$work/site" PYTHONDONTWRITEBYTECODE=1 NUMBA_CACHE_DIR="$work/cache" \
    qemu-aarch64-static -L "$work/root" "$work/root/usr/bin/python$python" -c \
    "from wordvec.pipelines.cli import main; main()" verify
