//go:build !unix

package bench

// currentUsage is unknown on this system.
func currentUsage() Usage { return Usage{} }
