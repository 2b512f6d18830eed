package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apps "k8s.io/kubernetes/pkg/apis/apps"
	batch "k8s.io/kubernetes/pkg/apis/batch"
	core "k8s.io/kubernetes/pkg/apis/core"
	policy "k8s.io/kubernetes/pkg/apis/policy"
	rbac "k8s.io/kubernetes/pkg/apis/rbac"
	storage "k8s.io/kubernetes/pkg/apis/storage"
)

// inner prints how the API server's own types are laid out, which its refusals quote: by type its fields in their order,
// each with its name and what it holds. `TYPE` is a structure, `*TYPE` perhaps one, `[]TYPE` a list of them, `^TYPE` one
// whose fields stand among the others; `=JSON` is anything else, as it is written when nothing is there. A name that
// begins with `?` is left out then.
func inner() int {
	all := map[string][][2]string{}
	for _, one := range []any{
		core.PodSpec{}, core.EphemeralContainer{}, core.PodTemplateSpec{}, core.ServicePort{},
		core.PersistentVolumeClaimSpec{}, core.PersistentVolumeSource{}, core.VolumeNodeAffinity{},
		core.Taint{}, core.NodeAddress{}, core.PodIP{}, core.ScopeSelector{},
		apps.DaemonSetUpdateStrategy{}, apps.DeploymentStrategy{}, apps.StatefulSetUpdateStrategy{},
		apiextensions.CustomResourceDefinitionVersion{}, batch.PodFailurePolicy{}, batch.SuccessPolicy{},
		policy.PodDisruptionBudgetSpec{}, rbac.RoleRef{}, storage.VolumeAttachmentSpec{},
	} {
		lay(all, reflect.TypeOf(one))
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

var speaks = reflect.TypeFor[json.Marshaler]()

func lay(all map[string][][2]string, of reflect.Type) {
	if _, known := all[of.Name()]; known {
		return
	}
	all[of.Name()] = [][2]string{}
	var fields [][2]string
	for at := range of.NumField() {
		field := of.Field(at)
		tag, more, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || tag == "-" {
			continue
		}
		name := field.Name
		if tag != "" {
			name = tag
		}
		if strings.Contains(more, "omitempty") {
			name = "?" + name
		}
		mark, kind := "", field.Type
		switch {
		case field.Anonymous && tag == "":
			mark = "^"
		case kind.Kind() == reflect.Pointer:
			mark, kind = "*", kind.Elem()
		case kind.Kind() == reflect.Slice:
			mark, kind = "[]", kind.Elem()
		}
		plain := kind.Kind() != reflect.Struct || kind.Implements(speaks) || reflect.PointerTo(kind).Implements(speaks)
		if plain {
			// A number that may be a word is nought where it is not said.
			empty, err := json.Marshal(reflect.Zero(field.Type).Interface())
			if err != nil {
				panic(err)
			}
			fields = append(fields, [2]string{name, "=" + string(empty)})
			continue
		}
		fields = append(fields, [2]string{name, mark + kind.Name()})
		lay(all, kind)
	}
	all[of.Name()] = fields
}
