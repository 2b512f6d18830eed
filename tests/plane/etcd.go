package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"

	"go.etcd.io/etcd/server/v3/embed"
)

// One member, without the durability that a test does not need.
func etcd() int {
	flags := flag.NewFlagSet("etcd", flag.ExitOnError)
	dir := flags.String("dir", "", "where the data lies")
	client := flags.String("client", "", "the address for clients, as a URL")
	peer := flags.String("peer", "", "the address for peers, as a URL")
	_ = flags.Parse(os.Args[1:])
	config := embed.NewConfig()
	config.Dir = *dir
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls = addresses(*client)
	config.AdvertiseClientUrls = config.ListenClientUrls
	config.ListenPeerUrls = addresses(*peer)
	config.AdvertisePeerUrls = config.ListenPeerUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	member, err := embed.StartEtcd(config)
	if err == nil {
		err = <-member.Err()
	}
	fmt.Fprintln(os.Stderr, "etcd:", err)
	return 1
}

func addresses(text string) []url.URL {
	address, err := url.Parse(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(2)
	}
	return []url.URL{*address}
}
