package workbench

import "github.com/cybermiles/cybermiles/middleware/rules/engine/feel"

// Value reads one value from JSON. With a type, texts become dates, times and
// durations where it says so.
func Value(content []byte, t *feel.Type) (feel.Value, error) { return parseJSON(content, t) }
