//go:build !(linux || darwin || freebsd)

package node

import "math"

// freeBytes is not told on this system.
func freeBytes(string) float64 { return math.NaN() }
