# SPDX-License-Identifier: BSD-2-Clause
"""The checks of `make lint` that are not a tool's own."""
