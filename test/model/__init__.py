# SPDX-License-Identifier: BSD-2-Clause
"""Models of the exit loop and of the reference counter."""
