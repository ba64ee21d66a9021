# SPDX-License-Identifier: BSD-2-Clause
"""Mistakes made on purpose."""
