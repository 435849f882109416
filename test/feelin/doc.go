// Package feelin compares the FEEL engine with npm feelin, another implementation
// of the language, on random expressions that both claim to support. It tests
// nothing when Node.js is missing, and says so.
package feelin
