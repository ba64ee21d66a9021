# SPDX-License-Identifier: BSD-2-Clause
"""Firmware that misbehaves on purpose, and what comes of it."""
