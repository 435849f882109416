package rpc

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

// TestReadmeNamesEveryMethod keeps the README's tables and the code the same.
func TestReadmeNamesEveryMethod(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	documented := make(map[string]bool)
	for _, m := range regexp.MustCompile("`([a-z0-9]+_[a-zA-Z0-9]+)`").FindAllStringSubmatch(string(readme), -1) {
		documented[m[1]] = true
	}
	delete(documented, "eth_subscribe")
	subscription := reflect.TypeFor[*gethrpc.Subscription]()
	offered := make(map[string]bool)
	for _, api := range services(nil, nil, &filterAPI{}, false) {
		service := reflect.TypeOf(api.Service)
		for i := range service.NumMethod() {
			m := service.Method(i)
			name := strings.ToLower(m.Name[:1]) + m.Name[1:]
			if m.Type.NumOut() > 0 && m.Type.Out(0) == subscription {
				require.Contains(t, string(readme), "`"+name+"`")
				continue
			}
			offered[api.Namespace+"_"+name] = true
		}
	}
	require.Equal(t, offered, documented)
}
