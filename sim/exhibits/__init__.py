"""How a finding is set on paper: lines, columns, markup. It knows no outcome."""
