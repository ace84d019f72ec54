module dockgate/clients

go 1.22

require github.com/crazy-max/diun/v4 v4.28.0
