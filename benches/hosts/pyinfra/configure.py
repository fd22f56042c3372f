from pyinfra.operations import apt, files, server

server.user(name="a user", user="app", home="/srv/app", shell="/bin/sh")
files.directory(name="a directory", path="/srv/app/conf", user="app", group="app", mode="755")
for number in range(20):
    files.template(
        name=f"file {number}", src=f"templates/{number}.j2", dest=f"/srv/app/conf/{number}.conf",
        user="app", mode="640", number=number,
    )
apt.packages(name="a package", packages=["procps"])
files.line(name="a line", path="/etc/profile", line="export APP=1")
