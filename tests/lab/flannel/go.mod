module flannel

go 1.25.0

require github.com/flannel-io/flannel v0.28.4

// Not served by the module proxy, and used by a cloud's backend only, which is left out: named, and empty.
replace (
	github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common => ./absent/common
	github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc => ./absent/vpc
)
