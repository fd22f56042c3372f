from pyinfra.operations import files

files.sync(name="files", src="files", dest="/srv/files")
