# SPDX-License-Identifier: BSD-2-Clause
"""Ordinary boots, each on a machine of its own."""
