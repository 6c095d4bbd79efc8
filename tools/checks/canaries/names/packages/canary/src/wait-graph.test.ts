// Nothing here is a finding.
