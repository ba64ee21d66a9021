# SPDX-License-Identifier: BSD-2-Clause
#
# The comparison with the kernel's own stub. Included by the top Makefile.

.PHONY: test-oracle
test-oracle: $(IMAGE) | deps-test
	@$(PYTHON) -m oracle.run_oracle --jobs $(JOBS) $(ORACLE_ARGS)
