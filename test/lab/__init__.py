# SPDX-License-Identifier: BSD-2-Clause
"""The machines of the tests: what is downloaded, what is on their disks, how they run, what they say."""
