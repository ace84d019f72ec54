module dockgate/clients

go 1.22

require github.com/containrrr/watchtower v1.7.1
