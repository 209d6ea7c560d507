// Command recorder says what the real Istio does with a request. It takes meshes of manifests, has istiod configure
// every proxy of them, puts the requests to a real Envoy, and answers with their fate. One JSON object a line goes in
// for each mesh and one comes out; README.md says what is real and what is modelled.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"istio.io/istio/pilot/pkg/features"
	istiolog "istio.io/istio/pkg/log"

	"sidecar2ambient/recorder/early"
)

// question is one mesh and what is asked of it.
type question struct {
	Manifests  string    `json:"manifests"`
	MeshConfig string    `json:"meshConfig"`
	Requests   []request `json:"requests"`
}

// answer is what comes back for a question.
type answer struct {
	Fates   []fate   `json:"fates"`
	Refused []string `json:"refused,omitempty"` // objects that istiod does not accept
	Error   string   `json:"error,omitempty"`
}

func main() {
	crds := flag.String("crds", "rules/crds", "the folder with the schemas of the API server")
	binary := flag.String("envoy", "", "the Envoy to run")
	version := flag.Bool("version", false, "print the version of istiod and end")
	flag.Parse()
	if *version {
		fmt.Fprintln(early.Answers, istiodVersion())
		return
	}
	if !features.EnableAmbient {
		fail(fmt.Errorf("istiod's settings came too late"))
	}
	quiet()
	schemas, err := readSchemas(*crds)
	if err != nil {
		fail(err)
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(early.Answers)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if err == nil {
			err = out.Encode(record(line, schemas, *binary))
		}
		if err != nil {
			fail(err)
		}
	}
}

func record(line []byte, schemas *schemas, binary string) answer {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{Error: err.Error()}
	}
	fates, refused, err := judge(q, schemas, binary)
	if err != nil {
		return answer{Error: err.Error(), Refused: refused}
	}
	return answer{Fates: fates, Refused: refused}
}

// judge goes the whole way: objects, cluster, istiod, Envoy, and each request through them.
func judge(q question, schemas *schemas, binary string) ([]fate, []string, error) {
	objects, err := readObjects(q.Manifests, q.MeshConfig, schemas)
	if err != nil {
		return nil, nil, err
	}
	mesh, err := configure(newCluster(objects), objects)
	if err != nil {
		return nil, objects.refused, err
	}
	envoy, err := startEnvoy(binary, mesh.chains())
	if err != nil {
		return nil, objects.refused, err
	}
	defer envoy.stop()
	fates, err := mesh.fates(q.Requests, envoy)
	return fates, objects.refused, err
}

// quiet keeps istiod's log to warnings on standard error, if RECORDER_LOG is set, and else out.
func quiet() {
	options := istiolog.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	level := istiolog.NoneLevel
	if os.Getenv("RECORDER_LOG") != "" {
		level = istiolog.WarnLevel
	}
	options.SetDefaultOutputLevel("all", level)
	if err := istiolog.Configure(options); err != nil {
		fail(err)
	}
}

func istiodVersion() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == "istio.io/istio" {
				return module.Version
			}
		}
	}
	return "unknown"
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "recorder:", err)
	os.Exit(1)
}
