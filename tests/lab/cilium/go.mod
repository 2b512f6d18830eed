module cilium

go 1.25.0

require github.com/cilium/cilium v1.18.4

// A module's own replacements do not hold for those who use it: here they are again, less that of apimachinery, which
// the module proxy does not serve and which is not needed.
replace (
	github.com/osrg/gobgp/v3 => github.com/cilium/gobgp/v3 v3.0.0-20250717193620-26a4abb75464
	sigs.k8s.io/controller-tools => github.com/cilium/controller-tools v0.16.5-1
)
