#!/bin/sh
touch "$HOME/ran-a-script"
