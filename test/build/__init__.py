# SPDX-License-Identifier: BSD-2-Clause
"""The built file and the build, seen from outside."""
