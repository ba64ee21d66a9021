# SPDX-License-Identifier: BSD-2-Clause
"""The driver that watches any loader leave the firmware."""
