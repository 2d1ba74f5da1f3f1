//! RabbitMQ behind the worker's ports. The only module that names lapin.
