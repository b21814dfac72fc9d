#!/usr/bin/env bash
# Numba 0.68.1: NUMBA_CPU_NAME alone does not compile for that processor.
#
# The name goes to LLVM together with all features of the host, so code "for nehalem", which knows no AVX, still has
# 256-bit registers on a machine with AVX2: only the choice and order of instructions follow the name. Whoever tests
# that results do not depend on the processor by naming an older one compares the same instructions. With an empty
# NUMBA_CPU_FEATURES beside it, the features are those of the name. (x86-64 with AVX2.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "numba==0.68.1" "llvmlite==0.50.0"
cat > "$work/count.py" <<'PYTHON'
import numpy as np
from numba import njit
from numba.core.registry import cpu_target


@njit
def add(a, b):
    for i in range(len(a)):
        a[i] += b[i]


add(np.ones(8, np.float32), np.ones(8, np.float32))
code = next(iter(add.inspect_asm().values()))
name = cpu_target.target_context.codegen().magic_tuple()[1]
print(f"{name}: wide registers {'ymm' in code or 'zmm' in code}")
PYTHON
named="$(NUMBA_CPU_NAME=nehalem "$work/venv/bin/python" "$work/count.py")"
both="$(NUMBA_CPU_NAME=nehalem NUMBA_CPU_FEATURES= "$work/venv/bin/python" "$work/count.py")"
echo "NUMBA_CPU_NAME alone: $named"
echo "with an empty NUMBA_CPU_FEATURES: $both"
test "$named" = "nehalem: wide registers True"
test "$both" = "nehalem: wide registers False"
