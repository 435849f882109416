package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker when a release is built; `make build` passes it.
var version = "dev"

// versionResult is the JSON of `version`.
type versionResult struct {
	Version    string `json:"version" doc:"release, or dev"`
	Commit     string `json:"commit,omitempty" doc:"git commit of the source; +changes when it was edited"`
	Go         string `json:"go" doc:"Go release that compiled it"`
	Platform   string `json:"platform" doc:"operating system and processor"`
	CometBFT   string `json:"cometbft,omitempty" doc:"version of the consensus engine"`
	GoEthereum string `json:"goEthereum,omitempty" doc:"version of the EVM and state"`
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show what this program was built of",
		Long:  withFields("Show what this program was built of.", versionResult{}),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			result := buildVersion()
			return emit(cmd, result, result.print)
		},
	}
}

func buildVersion() versionResult {
	result := versionResult{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return result
	}
	for _, setting := range build.Settings {
		switch {
		case setting.Key == "vcs.revision":
			result.Commit = setting.Value + result.Commit
		case setting.Key == "vcs.modified" && setting.Value == "true":
			result.Commit += "+changes"
		}
	}
	for _, module := range build.Deps {
		if module.Replace != nil {
			module.Version = module.Replace.Version
		}
		switch module.Path {
		case "github.com/cometbft/cometbft":
			result.CometBFT = module.Version
		case "github.com/ethereum/go-ethereum":
			result.GoEthereum = module.Version
		}
	}
	return result
}

func (v versionResult) print(w io.Writer) {
	fmt.Fprintf(w, "cybermiles %s\n", v.Version)
	properties(w, row{"commit", v.Commit}, row{"go", v.Go}, row{"platform", v.Platform}, row{"cometbft", v.CometBFT}, row{"go-ethereum", v.GoEthereum})
}
