# SPDX-License-Identifier: BSD-2-Clause
"""Fuzz targets for all that parses or converts."""
