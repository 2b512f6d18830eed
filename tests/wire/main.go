// Command wire writes down how the server's types look in protobuf, from their struct tags, as compact data for the twin.
//
// Usage: wire FILE, which is written as JSON packed by gzip.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
	aggregation "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// A field is its name in JSON (empty when it is written into its parent), and what it is: s text, b bytes, o truth,
// i number, f fraction, or the name of a type; [] before it when there are several, {} when it is a map of text to it.
type field [2]string

type book struct {
	Kinds map[string]string           `json:"kinds"`
	Types map[string]map[string]field `json:"types"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wire FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "wire:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	all := book{map[string]string{}, map[string]map[string]field{}}
	if err := extensions.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	if err := aggregation.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	for id, kind := range scheme.Scheme.AllKnownTypes() {
		if strings.HasPrefix(id.Version, "__") || strings.Contains(id.Version, "alpha") || strings.Contains(id.Version, "beta") {
			continue
		}
		all.Kinds[id.GroupVersion().String()+"/"+id.Kind] = all.walk(kind)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := writer.Write(text); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, packed.Bytes(), 0o644)
}

// walk notes a struct and what it holds, and returns its name.
func (all book) walk(kind reflect.Type) string {
	path := strings.Split(strings.TrimPrefix(kind.PkgPath(), "k8s.io/"), "/")
	name := strings.Join(path[max(0, len(path)-2):], ".") + "." + kind.Name()
	if _, seen := all.Types[name]; seen {
		return name
	}
	fields := map[string]field{}
	all.Types[name] = fields
	for i := range kind.NumField() {
		one := kind.Field(i)
		tag := strings.Split(one.Tag.Get("protobuf"), ",")
		if len(tag) < 2 {
			continue
		}
		json, _, _ := strings.Cut(one.Tag.Get("json"), ",")
		fields[tag[1]] = field{json, all.what(one.Type)}
	}
	return name
}

func (all book) what(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Pointer:
		return all.what(kind.Elem())
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return "b"
		}
		// Lists with a name are messages of their own.
		if kind.PkgPath() != "" && (kind.Name() == "ExtraValue" || kind.Name() == "Verbs") {
			return "list"
		}
		return "[]" + all.what(kind.Elem())
	case reflect.Map:
		return "{}" + all.what(kind.Elem())
	case reflect.Struct:
		return all.walk(kind)
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "o"
	case reflect.Float32, reflect.Float64:
		return "f"
	}
	return "i"
}
