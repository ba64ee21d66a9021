# SPDX-License-Identifier: BSD-2-Clause
"""Boots through Baton beside boots through the kernel's own stub."""
