package main

import (
	"reflect"
	"strings"

	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
	aggregation "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// How the server's types are written, which OpenAPI does not tell: for each type and field letters of
// p pointer, l list or map, s struct, t struct that writes itself, v plain value; e left out when empty; z left out when zero; after a bar the name of the
// type, where OpenAPI does not tell it.
func writing() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, kind := range scheme.Scheme.AllKnownTypes() {
		walk(kind, all)
	}
	walk(reflect.TypeOf(extensions.CustomResourceDefinition{}), all)
	walk(reflect.TypeOf(aggregation.APIService{}), all)
	return all
}

func walk(kind reflect.Type, all map[string]map[string]string) {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		walk(kind.Elem(), all)
	case reflect.Struct:
		name := named(kind)
		if _, seen := all[name]; seen || !strings.HasPrefix(name, "io.k8s.") {
			return
		}
		all[name] = map[string]string{}
		fields(kind, all[name], all)
	}
}

func named(kind reflect.Type) string {
	path := kind.PkgPath()
	if !strings.HasPrefix(path, "k8s.io/") {
		return path
	}
	return "io.k8s." + strings.ReplaceAll(strings.TrimPrefix(path, "k8s.io/"), "/", ".") + "." + kind.Name()
}

func fields(kind reflect.Type, into map[string]string, all map[string]map[string]string) {
	for i := range kind.NumField() {
		field := kind.Field(i)
		tag := strings.Split(field.Tag.Get("json"), ",")
		name, options := tag[0], tag[1:]
		if field.Anonymous && name == "" {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				fields(inner, into, all)
			}
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		how := letter(field.Type)
		for _, option := range options {
			switch option {
			case "omitempty":
				how += "e"
			case "omitzero":
				how += "z"
			}
		}
		if named := calledApart(field.Type); named != "" {
			how += "|" + named
		}
		into[name] = how
		walk(field.Type, all)
	}
}

// The Go name of a list or map whose name OpenAPI does not tell.
func calledApart(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.String && kind.Elem().Name() != "string" {
			return kind.String()
		}
	case reflect.Map:
		if kind.Name() != "" {
			return kind.String()
		}
	case reflect.String:
		if kind.Name() != "string" {
			return kind.String()
		}
	}
	return ""
}

var writes = reflect.TypeFor[interface{ MarshalJSON() ([]byte, error) }]()

func letter(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Pointer:
		return "p"
	case reflect.Slice, reflect.Map:
		return "l"
	case reflect.Struct:
		if kind.Implements(writes) || reflect.PointerTo(kind).Implements(writes) {
			return "t"
		}
		return "s"
	}
	return "v"
}
