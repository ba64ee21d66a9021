# SPDX-License-Identifier: BSD-2-Clause
"""UEFI drivers for the machines of the tests, and what makes option ROMs of them."""
