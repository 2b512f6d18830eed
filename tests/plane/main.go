// Command plane is a whole Kubernetes control plane in one program, for tests.
//
// Its first argument names the part to be: a part of Kubernetes as it is, or `up`, which starts the parts that
// make a cluster as children of its own and ends them with itself. It must never leave a process behind.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// More of them with the tag `machine`.
var parts = map[string]func() int{
	"etcd":                    etcd,
	"kube-apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return cli.Run(controllers.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"inner":                   inner,
	"nodes":                   nodes,
	"up":                      up,
}

// A link to the program under the name of a part is that part.
func main() {
	name := filepath.Base(os.Args[0])
	if parts[name] == nil && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	part := parts[name]
	if part == nil {
		var names []string
		for known := range parts {
			names = append(names, known)
		}
		slices.Sort(names)
		fmt.Fprintln(os.Stderr, "usage: plane", strings.Join(names, "|"), "[ARGUMENTS]")
		os.Exit(2)
	}
	os.Exit(part())
}
